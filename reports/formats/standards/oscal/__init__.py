"""OSCAL 1.2.1 as JSON: the results of an assessment, and the rules as the definition of components."""
