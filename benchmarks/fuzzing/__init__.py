"""Parts of the fuzzer: sound samples, mutations, what is run on them, and the walls around it."""
