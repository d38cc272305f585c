# An overlay port that builds the tree which it is in: vcpkg install sluice --overlay-ports=tools/packaging/vcpkg
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS features FEATURES tls SLUICE_BUILD_TLS url-pattern SLUICE_BUILD_URL_PATTERN)
vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS ${features}
            -DSLUICE_BUILD_SERVER=OFF
            -DSLUICE_BUILD_TESTS=OFF
            -DSLUICE_BUILD_BENCH=OFF
            -DSLUICE_BUILD_EXAMPLES=OFF
            -DSLUICE_BUILD_TOOLS=OFF
            -DSLUICE_WERROR=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/sluice)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
