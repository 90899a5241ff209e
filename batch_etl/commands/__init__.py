"""The commands of ``onedag``, by subject. What a command needs is imported when it runs."""
