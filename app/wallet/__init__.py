"""The e-wallet of a firm: money in whole paise, moved only by entries that never change."""
