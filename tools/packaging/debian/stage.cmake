# cpack runs this between installing and packing: what Debian has otherwise than `cmake --install` leaves it.
set(root "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/ALL_COMPONENTS_IN_ONE")

set(doc "${root}/usr/share/doc/sluice")
set(man "${root}/usr/share/man")
execute_process(COMMAND gzip -9n "${man}/man1/sluice.1" "${man}/man5/sluice.toml.5" "${doc}/changelog.Debian"
                COMMAND_ERROR_IS_FATAL ANY)

# Closed from the start: postinst makes the token.
file(READ "${root}/etc/sluice/sluice.toml" text)
file(WRITE "${root}/etc/sluice/sluice.toml"
     "# Made by the package. A publisher sends what it holds: `Authorization: Bearer <token>`.\n"
     "publish_token_file = \"/etc/sluice/publish-token\"\n\n" "${text}")
