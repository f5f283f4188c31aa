# SPDX-License-Identifier: Apache-2.0
"""What the Python part of a finding needs: it prints what it sees and fails when that has changed."""

import sys


def expect(holds, behavior, *seen):
    """Prints the behavior and the values seen, and ends the script if the behavior no longer holds."""
    print(f"{'seen' if holds else 'CHANGED'}: {behavior}:", *seen)
    if not holds:
        sys.exit(1)
