"""The same models' SQL in SQLMesh: what a day costs there, and what it leaves wrong."""
