# Fails unless OCR prints the lines of EXPECTED for PAGE.
execute_process(COMMAND ${OCR} ${PAGE} --plain OUTPUT_VARIABLE text RESULT_VARIABLE failed)
file(READ ${EXPECTED} expected)
if(failed OR NOT text STREQUAL expected)
  message(FATAL_ERROR "expected:\n${expected}\ngot (${failed}):\n${text}")
endif()
