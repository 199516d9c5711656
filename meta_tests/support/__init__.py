"""What the tests of the suite use: runs, environments, sample reports, what the pages show."""
