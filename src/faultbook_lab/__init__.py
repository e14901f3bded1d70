"""A hybrid organisation on one machine, to break and to heal: a real directory, a real identity provider, and Microsoft's side emulated."""
