# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the console of a kernel that ran suites, prints how many cases passed and failed, and copies the
# output of failed cases to stderr.
#
# In KTAP, cases are indented by four columns, and the parameters of a case by eight. A case that never ended
# counts as failed: the plan says how many there are.

{
	gsub(/\r/, "")
	sub(/^\[ *[0-9.]+\] /, "")
}

function finish() {
	if (seen < planned) {
		failed += planned - seen
		print "not ok: " planned - seen " of " planned " cases of " suite " did not finish" >"/dev/stderr"
		printf "%s", said >"/dev/stderr"
	}
	planned = seen = 0
	said = ""
}

/^    # Subtest: / { finish(); suite = $3; next }
/^    1\.\.[0-9]+$/ { planned = substr($1, 4); next }
/^    (not )?ok [0-9]+/ {
	seen++
	if (/# SKIP/)
		print suite ": " $0 >"/dev/stderr"
	else if ($1 == "ok")
		passed++
	else {
		failed++
		print suite ":\n" said $0 >"/dev/stderr"
	}
	said = ""
	next
}
{ said = said $0 "\n" }

END { finish(); print passed + 0, failed + 0 }
