# cmake/embed_tables.cmake - puts schemas/maps/letter into one .cpp, so that the checks that an acknowledgement answers for need no files.
# As a script: cmake -DOUT=file.cpp -DROOT=dir -P cmake/embed_tables.cmake. Included: defines sluse_embed_tables(target).
if(CMAKE_SCRIPT_MODE_FILE)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/edifact/*.tsv ${ROOT}/outline/*.tsv)
  list(SORT files)
  set(arrays "")
  set(rows "")
  set(number 0)
  foreach(file ${files})
    file(READ ${ROOT}/${file} hex HEX)
    string(LENGTH "${hex}" length)
    math(EXPR length "${length} / 2")
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(APPEND arrays "constexpr unsigned char file_${number}[] = {${bytes}0};\n")
    string(APPEND rows "        {\"${file}\", {reinterpret_cast<const char*>(file_${number}), ${length}}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(WRITE ${OUT} "// Made by cmake/embed_tables.cmake from schemas/maps/letter; do not edit.\n#include \"adapters/edifact/table.hpp\"\n\n"
       "namespace sluse::edifact {\nnamespace {\n${arrays}} // namespace\n\nconst Files& embedded_files()\n{\n"
       "    static const Files all{\n${rows}    };\n    return all;\n}\n\n} // namespace sluse::edifact\n")
  return()
endif()

set(sluse_embed_tables_script ${CMAKE_CURRENT_LIST_FILE})
function(sluse_embed_tables target)
  set(root ${CMAKE_SOURCE_DIR}/schemas/maps/letter)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${root}/edifact/*.tsv ${root}/outline/*.tsv)
  set(out ${CMAKE_BINARY_DIR}/letter_tables.cpp)
  add_custom_command(OUTPUT ${out} COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DROOT=${root} -P ${sluse_embed_tables_script}
                     DEPENDS ${files} ${sluse_embed_tables_script} VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
