// Property tests that try the same values at each run: whoever looks for others gives a seed, XFERRY_TEST_SEED=$RANDOM.
import fc from "fast-check"

fc.configureGlobal({ seed: Number(process.env["XFERRY_TEST_SEED"] ?? 20261121) })

export default fc
