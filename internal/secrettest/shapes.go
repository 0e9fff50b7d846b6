package secrettest

type exportedField[T any] struct {
	Name  string
	Value T
}

type unexportedField[T any] struct {
	name  string
	value T
	ptr   *T
}

// Shapes returns v in every place where package fmt treats values differently.
func Shapes[T any](v T) []any {
	type embedded struct{ exportedField[T] }
	p := &v
	return []any{
		v, p, &p,
		[]T{v}, []*T{p}, &[]T{v}, [1]T{v}, &[1]T{v}, [][]T{{v}}, []any{v, p},
		map[string]T{"k": v}, map[string]*T{"k": p}, &map[string]T{"k": v},
		exportedField[T]{"n", v}, &exportedField[T]{"n", v}, exportedField[*T]{"n", p}, exportedField[any]{"n", v},
		unexportedField[T]{"n", v, p}, &unexportedField[T]{"n", v, p}, []unexportedField[T]{{"n", v, p}},
		unexportedField[any]{name: "n", value: v}, embedded{exportedField[T]{"n", v}},
	}
}
