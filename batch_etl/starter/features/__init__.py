"""Will an order be sent back? Features of a small shop, to be replaced by your own.

`shop` says what the features are about, where history lies and what the model takes; `customers`
holds what is known of a customer before an order comes, `orders` what the order itself says.
"""
