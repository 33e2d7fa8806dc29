"""Pages, one module per noun; each has `register(appbuilder)`."""
