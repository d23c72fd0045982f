/* What the two halves of the guest agree on, and where GuestTable.java and QemuGuest.java put the script. */
#define STACK_SHIFT 14
#define TABLE_ADDRESS 0x1000000
#define TABLE_MAGIC 0x78766274 /* "xvbt" */

/* The number of rounds done, where no image lies: a reboot leaves it alone. guest.ld ends the image below. */
#define ROUNDS_DONE_ADDRESS 0xf00000
