"""Judgement: from facts to a verdict, and from a verdict to something a person can act on."""
