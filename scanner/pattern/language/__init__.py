"""The filter-pattern language: its nodes, its parser and its printer."""
