"""False alarms: repetitions of the suite that differ in what must not matter, and how often a property is red."""
