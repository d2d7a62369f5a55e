// A function of CUDA's libraries that is looked for when it is called first: `deferred NUMBER OF THE LIBRARY, NAME`.
// Its record (`Function` in deferred.rs) begins with the address to jump to, which at first is `find`'s.
.macro deferred library, name
    .pushsection .text.\name, "ax", @progbits
    .globl \name
    .hidden \name
    .type \name, @function
    .p2align 2
\name:
    .cfi_startproc
    hint #34 // bti c
    adrp x16, .Lprimer_record_\name
    add x16, x16, :lo12:.Lprimer_record_\name
    ldr x17, [x16]
    br x17
.Lprimer_find_\name:
    hint #34
    b .Lprimer_find
    .cfi_endproc
    .size \name, . - \name
    .popsection

    .pushsection .data.rel.\name, "aw", @progbits
    .p2align 3
.Lprimer_record_\name:
    .quad .Lprimer_find_\name
    .quad .Lprimer_name_\name
    .quad \library
    .popsection

    .pushsection .rodata.\name, "a", @progbits
.Lprimer_name_\name:
    .asciz "\name"
    .popsection
.endm

// x16: the record. Every register that can hold an argument is as it was when the function is jumped to.
.pushsection .text.primer_find, "ax", @progbits
.p2align 2
.Lprimer_find:
    .cfi_startproc
    stp x29, x30, [sp, #-224]!
    .cfi_def_cfa_offset 224
    .cfi_offset x29, -224
    .cfi_offset x30, -216
    mov x29, sp
    stp x0, x1, [sp, #16]
    stp x2, x3, [sp, #32]
    stp x4, x5, [sp, #48]
    stp x6, x7, [sp, #64]
    str x8, [sp, #80]
    stp q0, q1, [sp, #96]
    stp q2, q3, [sp, #128]
    stp q4, q5, [sp, #160]
    stp q6, q7, [sp, #192]
    mov x0, x16
    bl {find}
    mov x16, x0
    ldp q6, q7, [sp, #192]
    ldp q4, q5, [sp, #160]
    ldp q2, q3, [sp, #128]
    ldp q0, q1, [sp, #96]
    ldr x8, [sp, #80]
    ldp x6, x7, [sp, #64]
    ldp x4, x5, [sp, #48]
    ldp x2, x3, [sp, #32]
    ldp x0, x1, [sp, #16]
    ldp x29, x30, [sp], #224
    .cfi_def_cfa_offset 0
    .cfi_restore x29
    .cfi_restore x30
    br x16
    .cfi_endproc
.popsection
