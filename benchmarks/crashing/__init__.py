"""Parts of the crash campaign: what is run, what happens to it, how results are compared."""
