"""Live systems to the same facts that files give: Graph, Power BI, Active Directory, and public endpoints.

A live answer is written down as the file that an administrator would have exported, and the readers of files read it: there is one mapping.
Only this package imports the libraries of the extra ``live``; ``faultbook.app`` imports it when something live is asked for.
"""
