// The adapter's options: where the network is.
import { z } from "zod"
import { parseAddress } from "./address.js"

const address = z
  .union([z.string(), z.number()])
  .transform(String)
  .superRefine((text, context) => {
    try {
      parseAddress(text)
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message })
    }
  })

export const options = z
  .strictObject({
    /** A network in another process (`xferry-loopback`). */
    connect: address.optional(),
    /** A network in this process: its name, and where drivers reach it. */
    network: z.string().min(1).default("default"),
    listen: address.optional(),
    /** How many events may be on their way to the disk. */
    window: z.int().positive().max(10_000).default(256),
  })
  .refine(
    ({ connect, listen }) => connect === undefined || listen === undefined,
    "Either «connect» or «listen»: the network is in another process or in this one.",
  )
export type Options = z.output<typeof options>
