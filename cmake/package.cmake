# cmake/package.cmake - where an installation puts things, and the Debian package made of it (scripts/package).
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # the tests are not installed, so they need not be built
install(TARGETS sluse RUNTIME DESTINATION bin)
install(DIRECTORY schemas DESTINATION share/sluse)
install(DIRECTORY docs/ DESTINATION share/doc/sluse)
install(FILES README.md CHANGELOG.md SECURITY.md LICENSE NOTICE DESTINATION share/doc/sluse)
install(FILES config/systemd/sluse.service DESTINATION lib/systemd/system)
install(FILES config/prometheus/alerts.yml config/grafana/dashboards/sluse.json DESTINATION share/doc/sluse/examples)
install(FILES config/sluse.yaml DESTINATION /etc/sluse)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sluse)
set(CPACK_PACKAGE_VENDOR "The Sluse authors")
set(CPACK_PACKAGE_CONTACT "The Sluse authors <sluse@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "message-integration gateway for Danish healthcare")
set(CPACK_PACKAGE_DESCRIPTION
    "Takes in HL7 v2, FHIR, MedCom EDIFACT and XML, and CDA, makes each message durable, acknowledges it, normalises it to FHIR R4\n and follows the national goals of the Danish Healthcare Quality Programme from it.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "tzdata, ca-certificates, passwd")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/config/debian/conffiles ${CMAKE_SOURCE_DIR}/config/debian/postinst
                                       ${CMAKE_SOURCE_DIR}/config/debian/prerm)
include(CPack)
