"""Each promise of docs/reliability.md, broken on purpose: ``python -m tests.mutants`` sees the tests that hold it fail.

To add one: a ``Mutant`` in the list of its subject. It breaks one promise by a few characters, and names fast tests.
"""
