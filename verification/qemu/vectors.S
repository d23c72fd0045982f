/*
 * Where processors enter the guest: at reset, when vCPU 0 starts them, and by interrupts. Big-endian,
 * real mode, linked at 0. QEMU starts vCPU 0 at 0x100 with the address of the device tree in r3.
 */
#include "layout.h"

  .machine power9

  /* An interrupt that nothing here causes: its vector is reported, and the machine switched off. */
  .macro stray vector
  .org \vector
  li    %r3, \vector
  b     stray_interrupt
  .endm

  /* 64-bit mode; r1 points to the stack of the vCPU whose index is in \index, r2 to the constants. */
  .macro environment index
  mfmsr %r12
  li    %r1, 1
  sldi  %r1, %r1, 63
  or    %r12, %r12, %r1
  mtmsrd %r12
  isync
  lis   %r1, stacks@ha
  addi  %r1, %r1, stacks@l
  addi  %r12, \index, 1
  sldi  %r12, %r12, STACK_SHIFT
  add   %r1, %r1, %r12
  addi  %r1, %r1, -64
  lis   %r2, .TOC.@ha
  addi  %r2, %r2, .TOC.@l
  .endm

  .section .vectors, "ax"
  .org 0x100
  b     reset

  stray 0x200
  stray 0x300
  stray 0x380
  stray 0x400
  stray 0x480

  /*
   * The external interrupt: taken in probe_external, and, in QEMU 7.2, by a vCPU that it wakes from H_JOIN,
   * although EE is off. r3 and r4 are free in both.
   */
  .org 0x500
  li    %r3, 1
  mfsrr1 %r4
  rldicl %r4, %r4, 48, 1        /* EE off in what is returned to */
  rotldi %r4, %r4, 16
  mtsrr1 %r4
  rfid

  stray 0x600
  stray 0x700
  stray 0x800

  /* The decrementer, if it expires there: set far off again. */
  .org 0x900
  lis   %r4, 0x7fff
  mtdec %r4
  rfid

  stray 0xa00
  stray 0xc00
  stray 0xd00
  stray 0xf00
  stray 0xf20
  stray 0xf40
  stray 0xf60

  .text
  .globl reset
reset:
  li    %r4, 0
  environment %r4
  bl    boot
  b     .

  /* Another vCPU: its index in r3, as passed to start-cpu. */
  .globl secondary_entry
secondary_entry:
  environment %r3
  bl    secondary
  b     .

  /* Enables external interrupts for an instant. Returns 1 in r3 if one was taken, 0 if not. */
  .globl probe_external
probe_external:
  li    %r3, 0
  mfmsr %r5
  ori   %r6, %r5, 0x8000
  mtmsrd %r6, 1
  nop
  mtmsrd %r5, 1
  blr

stray_interrupt:
  mfsrr0 %r4
  bl    died
  b     .
