"""Faultbook for assistants: the use cases as read-only tools and the entries as resources, over stdio or Streamable HTTP."""
