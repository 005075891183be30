"""The curated knowledge base: articles, their checks, the search index and the decision to answer."""
