// A function of CUDA's libraries that is looked for when it is called first: `deferred NUMBER OF THE LIBRARY, NAME`.
// Its record (`Function` in deferred.rs) begins with the address to jump to, which at first is `find`'s.
.macro deferred library, name
    .pushsection .text.\name, "ax", @progbits
    .globl \name
    .hidden \name
    .type \name, @function
    .p2align 4
\name:
    .cfi_startproc
    endbr64
    jmp qword ptr [rip + .Lprimer_record_\name]
.Lprimer_find_\name:
    endbr64
    lea r11, [rip + .Lprimer_record_\name]
    jmp .Lprimer_find
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

// r11: the record. Every register that can hold an argument is as it was when the function is jumped to.
.pushsection .text.primer_find, "ax", @progbits
.p2align 4
.Lprimer_find:
    .cfi_startproc
    push rbp
    .cfi_def_cfa_offset 16
    .cfi_offset rbp, -16
    mov rbp, rsp
    .cfi_def_cfa_register rbp
    push rdi
    push rsi
    push rdx
    push rcx
    push r8
    push r9
    sub rsp, 128
    movups [rsp], xmm0
    movups [rsp + 16], xmm1
    movups [rsp + 32], xmm2
    movups [rsp + 48], xmm3
    movups [rsp + 64], xmm4
    movups [rsp + 80], xmm5
    movups [rsp + 96], xmm6
    movups [rsp + 112], xmm7
    mov rdi, r11
    call {find}
    movups xmm0, [rsp]
    movups xmm1, [rsp + 16]
    movups xmm2, [rsp + 32]
    movups xmm3, [rsp + 48]
    movups xmm4, [rsp + 64]
    movups xmm5, [rsp + 80]
    movups xmm6, [rsp + 96]
    movups xmm7, [rsp + 112]
    add rsp, 128
    pop r9
    pop r8
    pop rcx
    pop rdx
    pop rsi
    pop rdi
    pop rbp
    .cfi_def_cfa rsp, 8
    jmp rax
    .cfi_endproc
.popsection
