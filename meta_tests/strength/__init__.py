"""How strong the suite is: ``python -m meta_tests.strength`` runs the properties on small edits of Flax."""
