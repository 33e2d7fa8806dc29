"""WTForms: shape and format only; rules that need data live in commands."""
