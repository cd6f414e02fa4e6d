"""What can stand behind a published figure: relations of the build file, with the raw rows of each row."""
