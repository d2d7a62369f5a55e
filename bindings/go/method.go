package primer

// #include "primer.h"
import "C"

// MethodByName gives the method of a name, such as "lora": what [Method.String] gives for it. Another name fails with
// [ErrInvalidArgument].
func MethodByName(name string) (Method, error) {
	if err := usable(); err != nil {
		return 0, err
	}
	var memory memory
	defer memory.free()
	text, err := memory.name("name", name)
	if err != nil {
		return 0, err
	}
	var method C.int32_t
	var failed *C.primer_error
	err = check(C.primer_method_by_name(text, &method, &failed), &failed)
	return Method(method), err
}
