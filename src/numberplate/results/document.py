"""A page of HTML that needs nothing but itself."""


def document(title: str, style: str, body: str) -> str:
    """The page. `title` and `body` are HTML already; `style` is CSS."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
