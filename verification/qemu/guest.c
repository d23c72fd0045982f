/*
 * A guest of QEMU's pseries machine that performs a script of interrupt-controller operations, compares
 * each answer with the recorded one, and reports how many differed and how long it took.
 *
 * The script is a table in memory (GuestTable.java writes it). One vCPU works at a time: it performs
 * operations as long as they are its own, then passes the turn on and sleeps in H_JOIN. After a round the
 * machine is rebooted for the next, so that every round begins in the state of a reset.
 */
#include "layout.h"

#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* ---- the table */

enum { SERVERS = 8, RTAS_NAMES = 16, NAME_LENGTH = 48, MISMATCHES_KEPT = 10 };

enum kind { NOTHING, HCALL, RTAS, LOAD, STORE, BURST, CLEAR, MSI, LINE, EXT_PROBE, CAS };

struct operation {
  u32 line;     /* in the scenario file */
  u8 kind;
  u8 cpu;
  u8 inputs;    /* RTAS: nargs */
  u8 outputs;   /* results that count if the call succeeds */
  u32 code;     /* HCALL: opcode; RTAS: index of the name; LOAD, STORE: size; BURST: count */
  s32 ret;      /* HCALL, RTAS, CAS: expected return code */
  s32 status;   /* RTAS: expected first return word */
  u32 returns;  /* RTAS: nret */
  u64 in[8];    /* HCALL, RTAS: arguments; LOAD, STORE, CLEAR: address; BURST: two; MSI, LINE: device */
  u64 out[5];   /* expected results */
};

struct table {
  u32 magic;
  u32 count;
  u32 vcpus;
  u32 rounds;
  u32 memory_mebibytes;
  u32 servers[SERVERS];
  char rtas[RTAS_NAMES][NAME_LENGTH];
  struct operation operations[];
};

_Static_assert(sizeof(struct operation) == 128, "as GuestTable writes it");

static const struct table *const script = (const struct table *) TABLE_ADDRESS;

static volatile u32 *const rounds_done = (volatile u32 *) ROUNDS_DONE_ADDRESS;

/* ---- hypercalls and RTAS */

enum {
  H_SUCCESS = 0, H_BUSY = 1, H_MULTI_THREADS_ACTIVE = -9005,
  H_PUT_TERM_CHAR = 0x58, H_PROD = 0xe8, H_JOIN = 0x298, H_INT_SET_QUEUE_CONFIG = 0x3b8,
  /* QEMU's own: */
  H_QEMU_RTAS = 0xf000, H_QEMU_CAS = 0xf002,
};

/* Makes a hypercall with in[0...5] in r4...r9; r4...r8 come back in out. */
static s64 hcall(u64 opcode, const u64 *in, u64 *out) {
  register u64 r3 asm("r3") = opcode;
  register u64 r4 asm("r4") = in[0];
  register u64 r5 asm("r5") = in[1];
  register u64 r6 asm("r6") = in[2];
  register u64 r7 asm("r7") = in[3];
  register u64 r8 asm("r8") = in[4];
  register u64 r9 asm("r9") = in[5];
  asm volatile("sc 1"
               : "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8), "+r"(r9)
               :
               : "r0", "r10", "r11", "r12", "ctr", "xer", "cr0", "cr1", "cr5", "cr6", "cr7", "memory");
  out[0] = r4;
  out[1] = r5;
  out[2] = r6;
  out[3] = r7;
  out[4] = r8;
  return r3;
}

static s64 simple_hcall(u64 opcode, u64 a, u64 b, u64 c, u64 d) {
  u64 in[6] = {a, b, c, d};
  u64 out[5];
  return hcall(opcode, in, out);
}

enum { RTAS_WORDS = 16, RTAS_FILLER = 0xeeeeeeee };

struct rtas_call {
  u32 token, nargs, nret, words[RTAS_WORDS]; /* arguments, then what is returned */
};

static s64 rtas(struct rtas_call *call) {
  for (u32 i = 0; i < call->nret; i++) {
    call->words[call->nargs + i] = RTAS_FILLER;
  }
  return simple_hcall(H_QEMU_RTAS, (u64) call, 0, 0, 0);
}

/* The compiler calls it for what is initialized to zero. */
void *memset(void *to, int value, u64 bytes) {
  volatile u8 *at = to;
  while (bytes-- > 0) {
    *at++ = value;
  }
  return to;
}

/* ---- the device tree: tokens of RTAS calls are properties of the node /rtas */

/* A copy: the script may have its queues where QEMU put the tree. */
static u32 device_tree[0x40000];

static int same(const char *a, const char *b) {
  while (*a && *a == *b) {
    a++;
    b++;
  }
  return *a == *b;
}

/* Returns the first cell of the first property of that name; 0 if there is none. */
static u32 property(const char *name) {
  enum { BEGIN_NODE = 1, END_NODE, PROPERTY, NOP, END = 9 };
  const char *base = (const char *) device_tree;
  const u32 *at = (const u32 *) (base + device_tree[2]);
  const char *names = base + device_tree[3];
  while (*at != END) {
    u32 token = *at++;
    if (token == BEGIN_NODE) {
      const char *node = (const char *) at;
      while (*node) {
        node++;
      }
      at += (node - (const char *) at) / 4 + 1;
    } else if (token == PROPERTY) {
      if (same(names + at[1], name)) {
        return at[2];
      }
      at += 2 + (at[0] + 3) / 4;
    }
  }
  return 0;
}

/* Calls RTAS for the guest's own needs; returns the status. */
static s32 service(const char *name, u32 nargs, const u32 *arguments, u32 nret, u32 *second) {
  struct rtas_call call = {.token = property(name), .nargs = nargs, .nret = nret};
  for (u32 i = 0; i < nargs; i++) {
    call.words[i] = arguments[i];
  }
  rtas(&call);
  if (second) {
    *second = call.words[nargs + 1];
  }
  return call.words[nargs];
}

/* ---- console: lines of words, for QemuGuest.java to read */

static char text[16];
static u32 text_length;

static void put(char c) {
  text[text_length++] = c;
  if (text_length == sizeof(text) || c == '\n') {
    const u64 *words = (const u64 *) text;
    while (simple_hcall(H_PUT_TERM_CHAR, 0, text_length, words[0], words[1]) == H_BUSY) {
    }
    text_length = 0;
  }
}

static void put_word(const char *word) {
  while (*word) {
    put(*word++);
  }
}

static void put_hex(u64 value) {
  put_word(" 0x");
  int shift = 60;
  while (shift > 0 && !(value >> shift)) {
    shift -= 4;
  }
  for (; shift >= 0; shift -= 4) {
    put("0123456789abcdef"[value >> shift & 15]);
  }
}

static void switch_off(void) {
  u32 mask[2] = {0, 0};
  service("power-off", 2, mask, 1, 0);
  for (;;) {
  }
}

/* Reports why the script cannot be run, with numbers that say more. */
static void fail(const char *reason, u64 a, u64 b) {
  put_word("failed ");
  put_word(reason);
  put_hex(a);
  put_hex(b);
  put('\n');
  switch_off();
}

void died(u64 vector, u64 address) {
  fail("interrupt", vector, address);
}

/* ---- PCI: eight "edu" devices send MSIs, four more drive the LSIs of the host bridge */

enum {
  MSI_DEVICES = 8, LSI_DEVICES = 4, FIRST_MSI_SLOT = 9, FIRST_LSI_SLOT = 4, FIRST_MSI = 0x1300,
  PCI_COMMAND = 4, PCI_BAR0 = 0x10, PCI_CAPABILITIES = 0x34,
  COMMAND_MEMORY = 2, COMMAND_MASTER = 4, CAPABILITY_MSI = 5, MSI_ENABLE = 1,
  CHANGE_MSI = 3, EDU_RAISE = 0x60, EDU_ACKNOWLEDGE = 0x64, BAR_SIZE = 0x100000,
};

#define BUID_HIGH 0x8000000
#define BUID_LOW 0x20000000
/* The bridge's window of 32-bit addresses: its bus address, and where vCPUs see that. */
#define WINDOW_BUS 0x80000000u
#define WINDOW 0x200080000000ul

static u32 config_read(u32 slot, u32 offset, u32 size) {
  u32 arguments[] = {slot << 11 | offset, BUID_HIGH, BUID_LOW, size};
  u32 value;
  s32 status = service("ibm,read-pci-config", 4, arguments, 2, &value);
  return status ? 0 : value;
}

static void config_write(u32 slot, u32 offset, u32 size, u32 value) {
  u32 arguments[] = {slot << 11 | offset, BUID_HIGH, BUID_LOW, size, value};
  s32 status = service("ibm,write-pci-config", 5, arguments, 1, 0);
  if (status) {
    fail("pci-config", slot, status);
  }
}

/* Writes a register of a device; they are little-endian. */
static void edu_write(u32 slot, u32 reg, u32 value) {
  *(volatile u32 *) (WINDOW + slot * BAR_SIZE + reg) = __builtin_bswap32(value);
}

static void set_up_device(u32 slot) {
  config_write(slot, PCI_BAR0, 4, WINDOW_BUS + slot * BAR_SIZE);
  config_write(slot, PCI_COMMAND, 2, COMMAND_MEMORY | COMMAND_MASTER);
}

static void set_up_msi(u32 slot, u32 number) {
  u32 arguments[] = {slot << 11, BUID_HIGH, BUID_LOW, CHANGE_MSI, 1, 0};
  u32 allocated = 0;
  s32 status = service("ibm,change-msi", 6, arguments, 4, &allocated);
  u32 query[] = {slot << 11, BUID_HIGH, BUID_LOW, 0};
  u32 got = 0;
  if (status || allocated != 1 || service("ibm,query-interrupt-source-number", 4, query, 3, &got) ||
      got != number) {
    fail("msi", slot, got);
  }
  u32 capability = config_read(slot, PCI_CAPABILITIES, 1);
  while (capability && config_read(slot, capability, 1) != CAPABILITY_MSI) {
    capability = config_read(slot, capability + 1, 1);
  }
  if (!capability) {
    fail("msi-capability", slot, 0);
  }
  config_write(slot, capability + 2, 2, config_read(slot, capability + 2, 2) | MSI_ENABLE);
}

/* QEMU gives a source that was given back, as all are by a reboot, priority 0: masked is the initial state. */
static void mask(u32 number) {
  u32 arguments[] = {number, 0, 0xff};
  if (property("ibm,set-xive")) {
    service("ibm,set-xive", 3, arguments, 1, 0);
  }
}

static void set_up_pci(void) {
  for (u32 i = 0; i < MSI_DEVICES; i++) {
    set_up_device(FIRST_MSI_SLOT + i);
    set_up_msi(FIRST_MSI_SLOT + i, FIRST_MSI + i);
    if (*rounds_done) {
      mask(FIRST_MSI + i);
    }
  }
  for (u32 i = 0; i < LSI_DEVICES; i++) {
    set_up_device(FIRST_LSI_SLOT + i);
  }
}

/* ---- client-architecture-support */

/* One pair of processor mask and value, the end of these; then option vectors 1 to 5 by length - 1. */
static struct {
  u32 mask, version, end_mask, end_version;
  u8 vectors[64];
} architecture;

static u8 new_device_tree[0x100000];

static s64 ask_for_xive(void) {
  u32 version;
  asm("mfpvr %0" : "=r"(version));
  architecture.mask = 0xffffffff;
  architecture.version = version;
  architecture.end_mask = 0;
  architecture.end_version = 0xffffffff;
  enum { VECTOR_5_BYTES = 26, XIVE_BYTE = 23, XIVE_EXPLOITATION = 0x40 };
  u8 *at = architecture.vectors;
  *at++ = 5 - 1;
  for (int vector = 1; vector <= 4; vector++) {
    *at++ = 1 - 1;
    *at++ = 0;
  }
  *at++ = VECTOR_5_BYTES - 1;
  at[XIVE_BYTE - 1] = XIVE_EXPLOITATION;
  s64 ret;
  do { /* until the other vCPUs sleep */
    ret = simple_hcall(H_QEMU_CAS, (u64) &architecture, (u64) new_device_tree, sizeof(new_device_tree), 0);
  } while (ret == H_MULTI_THREADS_ACTIVE);
  return ret;
}

/* ---- operations */

struct answer {
  s64 ret;
  s32 status;
  u64 out[5];
};

static struct mismatch {
  const struct operation *operation;
  struct answer got;
} mismatches[MISMATCHES_KEPT];
static u32 mismatch_count;

/* Spent on the script; and of that, on what is no work of the interrupt controller: cas and eq_clear. */
static u64 turn_ticks;
static u64 other_ticks;

static u64 time_base(void) {
  u64 ticks;
  asm volatile("mftb %0" : "=r"(ticks));
  return ticks;
}

/* Of the RTAS calls that the table names; 0, which is none, if the device tree does not have one. */
static u32 tokens[RTAS_NAMES];

extern u64 probe_external(void);

static u64 load(u64 address, u32 size) {
  switch (size) {
    case 1:
      return *(volatile u8 *) address;
    case 2:
      return *(volatile uint16_t *) address;
    case 4:
      return *(volatile u32 *) address;
    default:
      return *(volatile u64 *) address;
  }
}

static void store(u64 address, u32 size, u64 value) {
  switch (size) {
    case 1:
      *(volatile u8 *) address = value;
      break;
    case 2:
      *(volatile uint16_t *) address = value;
      break;
    case 4:
      *(volatile u32 *) address = value;
      break;
    default:
      *(volatile u64 *) address = value;
  }
}

static void clear(u64 address, u64 bytes) {
  for (volatile u32 *at = (volatile u32 *) address; (u64) at < address + bytes; at++) {
    *at = 0;
  }
}

static void rtas_operation(const struct operation *op, struct answer *got) {
  struct rtas_call call = {.token = tokens[op->code], .nargs = op->inputs, .nret = op->returns};
  for (u32 i = 0; i < op->inputs; i++) {
    call.words[i] = op->in[i];
  }
  got->ret = rtas(&call);
  const u32 *returned = call.words + op->inputs;
  got->status = op->returns ? returned[0] : RTAS_FILLER;
  for (u32 i = 0; i < op->outputs; i++) {
    got->out[i] = returned[1 + i];
  }
}

static void perform(const struct operation *op) {
  u64 start;
  struct answer got;
  got.ret = op->ret;
  got.status = op->status;
  switch (op->kind) {
    case HCALL:
      got.ret = hcall(op->code, op->in, got.out);
      break;
    case RTAS:
      rtas_operation(op, &got);
      break;
    case LOAD:
      got.out[0] = load(op->in[0], op->code);
      break;
    case STORE:
      store(op->in[0], op->code, op->in[1]);
      break;
    case BURST:
      for (u32 i = 0; i < op->code; i++) {
        store(op->in[0], 8, 0);
        load(op->in[1], 8);
      }
      break;
    case CLEAR:
      start = time_base();
      clear(op->in[0], op->in[1]);
      other_ticks += time_base() - start;
      break;
    case MSI:
      edu_write(FIRST_MSI_SLOT + op->in[0], EDU_RAISE, 1);
      break;
    case LINE:
      edu_write(FIRST_LSI_SLOT + op->in[0], op->in[1] ? EDU_RAISE : EDU_ACKNOWLEDGE, 1);
      break;
    case EXT_PROBE:
      got.out[0] = probe_external();
      break;
    case CAS:
      start = time_base();
      got.ret = ask_for_xive();
      other_ticks += time_base() - start;
      break;
    default:
      break;
  }
  int differs = got.ret != op->ret || got.status != op->status;
  for (u32 i = 0; i < op->outputs; i++) {
    differs |= got.out[i] != op->out[i];
  }
  if (differs) {
    if (mismatch_count < MISMATCHES_KEPT) {
      mismatches[mismatch_count].operation = op;
      mismatches[mismatch_count].got = got;
    }
    mismatch_count++;
  }
}

/* ---- the turn goes from vCPU to vCPU */

static volatile u32 turn;
static volatile u32 next;

/* Performs this vCPU's operations whenever it is its turn. vCPU 0 returns when all are done. */
static void work(u32 self) {
  for (;;) {
    while (turn != self) { /* a pending interrupt ends the sleep, too */
      simple_hcall(H_JOIN, 0, 0, 0, 0);
    }
    asm volatile("sync" ::: "memory");
    u64 start = time_base();
    u32 i = next;
    while (i < script->count && script->operations[i].cpu == self) {
      perform(&script->operations[i++]);
    }
    turn_ticks += time_base() - start;
    if (i == script->count && self == 0) {
      return;
    }
    u32 other = i == script->count ? 0 : script->operations[i].cpu;
    next = i;
    asm volatile("sync" ::: "memory");
    turn = other;
    simple_hcall(H_PROD, script->servers[other], 0, 0, 0);
  }
}

void secondary(u64 self) {
  work(self);
}

extern void secondary_entry(void);

static void start_vcpus(void) {
  for (u32 i = 1; i < script->vcpus; i++) {
    u32 arguments[] = {script->servers[i], (u32) (u64) secondary_entry, i};
    s32 status = service("start-cpu", 3, arguments, 1, 0);
    if (status) {
      fail("start-cpu", i, status);
    }
  }
}

/* ---- rounds */

char stacks[SERVERS][1 << STACK_SHIFT] __attribute__((aligned(64)));

/* Prints the first answers that were not as recorded, and the round: their number, and times in ticks. */
static void report(u64 script_ticks, u64 empty_ticks, u32 empty_count) {
  for (u32 i = 0; i < mismatch_count && i < MISMATCHES_KEPT; i++) {
    const struct mismatch *m = &mismatches[i];
    put_word("mismatch");
    put_hex(m->operation->line);
    put_hex(m->got.ret);
    put_hex((u32) m->got.status);
    for (u32 j = 0; j < m->operation->outputs; j++) {
      put_hex(m->got.out[j]);
    }
    put('\n');
  }
  put_word("round");
  put_hex(mismatch_count);
  put_hex(script_ticks);
  put_hex(empty_count);
  put_hex(empty_ticks);
  put('\n');
}

/* Event queues must be empty at the beginning, and a reboot does not empty them. */
static void clear_queues(void) {
  for (u32 i = 0; i < script->count; i++) {
    const struct operation *op = &script->operations[i];
    if (op->kind == HCALL && op->code == H_INT_SET_QUEUE_CONFIG && op->ret == H_SUCCESS && op->in[4]) {
      u64 end = op->in[3] + (1ul << op->in[4]);
      if (end <= (u64) script->memory_mebibytes << 20) {
        clear(op->in[3], end - op->in[3]);
      }
    }
  }
}

static void copy_device_tree(const u32 *tree) {
  enum { TOTAL_SIZE = 1 };
  for (u32 i = 0; i < tree[TOTAL_SIZE] / 4 && i < ARRAY_LENGTH(device_tree); i++) {
    device_tree[i] = tree[i];
  }
}

void boot(const u32 *tree) {
  /* A reboot loads the image anew, and leaves what lies behind it as it was. */
  text_length = mismatch_count = turn_ticks = other_ticks = turn = next = 0;
  copy_device_tree(tree);
  if (script->magic != TABLE_MAGIC) {
    fail("table", script->magic, 0);
  }
  for (u32 i = 0; i < RTAS_NAMES; i++) {
    tokens[i] = script->rtas[i][0] ? property(script->rtas[i]) : 0;
  }
  if (*rounds_done) {
    clear_queues();
  }
  set_up_pci();
  start_vcpus();

  static const struct operation nothing = {.kind = NOTHING};
  enum { EMPTY_OPERATIONS = 100000 };
  u64 empty_start = time_base();
  for (u32 i = 0; i < EMPTY_OPERATIONS; i++) {
    perform(&nothing);
  }
  u64 empty_ticks = time_base() - empty_start;
  work(0);
  report(turn_ticks - other_ticks, empty_ticks, EMPTY_OPERATIONS);
  if (++*rounds_done < script->rounds) {
    service("system-reboot", 0, 0, 1, 0);
    for (;;) {
    }
  }
  switch_off();
}
