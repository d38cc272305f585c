# The version and the names of what tools/package makes. To be read by scripts whose directory is the project's.
# shellcheck shell=bash disable=SC2034
version=$(sed -n 's/^project(sluice VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
name=sluice-$version-linux-$(uname -m)
tarball=$name.tar.gz
image=sluice-$version-$(uname -m).oci.tar
