"""The pages: views, forms, template tags and addresses. Knows no upstream; asks the rooms of studio."""
