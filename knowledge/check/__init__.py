"""Everything that is wrong with the knowledge base, all at once, for editors and for CI."""

from knowledge.check.articles import check, check_folder
from knowledge.check.entries import is_address, numbers, sentences
from knowledge.check.whole import check_base

__all__ = ["check", "check_base", "check_folder", "is_address", "numbers", "sentences"]
