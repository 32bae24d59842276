# SPDX-License-Identifier: Apache-2.0
"""What make_images.py writes, a module for each format and each means that several formats share."""
