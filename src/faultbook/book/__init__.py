"""The content: reading entries, holding them to rules, compiling them, looking them up."""
