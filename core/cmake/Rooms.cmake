# How a room (one static library), a program and a test are declared, with the same strict settings everywhere.

add_library(fairlead_settings INTERFACE)
target_include_directories(fairlead_settings INTERFACE ${PROJECT_SOURCE_DIR}/core ${PROJECT_BINARY_DIR}/core)
target_compile_definitions(fairlead_settings INTERFACE
    FAIRLEAD_VERSION="${PROJECT_VERSION}"
    QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_CAST_FROM_BYTEARRAY QT_NO_URL_CAST_FROM_STRING
    QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_NO_FOREACH QT_NO_KEYWORDS QT_STRICT_ITERATORS
    QT_DISABLE_DEPRECATED_BEFORE=0x060400)
target_compile_options(fairlead_settings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough
    -fstack-protector-strong
    $<$<BOOL:${FAIRLEAD_WERROR}>:-Werror>
    $<$<CONFIG:Debug>:-D_GLIBCXX_ASSERTIONS -g1>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Boost and Qt carry declarations that clang 14 cannot see used; ours are checked by gcc.
    target_compile_options(fairlead_settings INTERFACE -Wno-unused-private-field -Wno-gnu-zero-variadic-macro-arguments)
endif()
if(FAIRLEAD_SANITIZE)
    target_compile_options(fairlead_settings INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(fairlead_settings INTERFACE -fsanitize=address,undefined)
endif()
if(FAIRLEAD_FUZZ)
    # clang 14 cannot place the marks of -fsanitize=function in coroutines.
    target_compile_options(fairlead_settings INTERFACE -fsanitize=fuzzer-no-link,float-cast-overflow -fno-sanitize-recover=float-cast-overflow -fno-sanitize=function)
endif()
qcoro_enable_coroutines()

# fairlead_room(<name> SOURCES ... [PUBLIC ...] [PRIVATE ...]): the static library fairlead_<name> in core/<name>.
# A room may link only what the layering in CONTRIBUTING.md allows; tests/core/layering proves it on every #include.
function(fairlead_room name)
    cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(fairlead_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(fairlead_${name} PUBLIC fairlead_settings Qt6::Core ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# fairlead_test(<path/TestName> [LINK ...] [GUI]): one QtTest program from <path/TestName>.cpp, named after its path.
function(fairlead_test path)
    cmake_parse_arguments(ARG "GUI" "" "LINK;SOURCES" ${ARGN})
    cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/tests OUTPUT_VARIABLE room)
    string(REPLACE "/" "." target "${room}.${path}")
    add_executable(${target} ${path}.cpp ${ARG_SOURCES})
    target_link_libraries(${target} PRIVATE fairlead_settings Qt6::Test ${ARG_LINK})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_compile_definitions(${target} PRIVATE
        FAIRLEAD_SOURCE_DIR="${PROJECT_SOURCE_DIR}" FAIRLEAD_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
    add_test(NAME ${target} COMMAND ${target})
    set(environment "QT_QPA_PLATFORM=offscreen;QT_NO_GLIB=1;UBSAN_OPTIONS=print_stacktrace=1")
    list(APPEND environment "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/lsan.supp:print_suppressions=0")
    set_tests_properties(${target} PROPERTIES TIMEOUT 120 ENVIRONMENT "${environment}")
endfunction()
