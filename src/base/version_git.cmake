# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=<source tree> -DGIT=<git> -DHEADER=<file> -P version_git.cmake
# Writes a header that defines MONETA_GIT_REVISION: the revision of the source tree, or "" if the tree
# is not a git repository or git fails (git missing, an owner that git does not trust). It runs in
# every build; the header is written only if it changes, so that nothing is recompiled otherwise.
set(revision "")
if(GIT AND EXISTS ${SOURCE}/.git)  # a file in a linked worktree
  set(ENV{GIT_OPTIONAL_LOCKS} 0)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --exclude=* --abbrev=7
    OUTPUT_VARIABLE output RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed EQUAL 0 AND output MATCHES "^[0-9a-f]+(-dirty)?$")
    set(revision ${output})
  endif()
endif()
set(text "// Written by version_git.cmake.\n#define MONETA_GIT_REVISION \"${revision}\"\n")
set(old "")
if(EXISTS ${HEADER})
  file(READ ${HEADER} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${HEADER} "${text}")
endif()
