# cpack runs this between installing and packing: what Debian has otherwise than `cmake --install` leaves it.
set(root "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/ALL_COMPONENTS_IN_ONE")

set(doc "${root}/usr/share/doc/sluice")
set(man "${root}/usr/share/man")
execute_process(COMMAND gzip -9n "${man}/man1/sluice.1" "${man}/man5/sluice.toml.5" "${doc}/changelog.Debian"
                COMMAND_ERROR_IS_FATAL ANY)

# Closed from the start: postinst makes the token.
set(line "publish_token_file = \"/etc/sluice/publish-token\"\n")
file(READ "${root}/etc/sluice/sluice.toml" example)
string(REPLACE "\n# ${line}" "\n${line}" config "${example}")
if(config STREQUAL example)
    message(FATAL_ERROR "sluice.toml has no line '# ${line}'")
endif()
file(WRITE "${root}/etc/sluice/sluice.toml" "${config}")
