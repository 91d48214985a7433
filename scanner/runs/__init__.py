"""What the product does, without a terminal: select, judge, seal, open logs, and judge a bundle again."""
