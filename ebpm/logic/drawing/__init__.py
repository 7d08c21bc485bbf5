"""The picture of a logic model: order, layout, links, margins, sheets and files."""
