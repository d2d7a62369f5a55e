package primer

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"testing"
)

// Every exported item has a comment that begins with its name, each field of a struct has one, and what priming brings
// says that it is experimental.
func TestEverythingIsDocumented(t *testing.T) {
	isSource := func(file fs.FileInfo) bool { return !strings.HasSuffix(file.Name(), "_test.go") }
	packages, err := parser.ParseDir(token.NewFileSet(), packagePath, isSource, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	items := 0
	documented := func(file, name, kind string, comment *ast.CommentGroup) {
		items++
		text := comment.Text()
		if text == "" || kind != "field" && kind != "constant" && !strings.HasPrefix(text, name+" ") {
			t.Errorf("%s: %s is not documented", file, name)
		}
		if strings.Contains(file, "prime_") && kind == "type" && !strings.Contains(text, "Experimental: ") {
			t.Errorf("%s: %s does not say that it is experimental", file, name)
		}
	}
	for path, file := range packages["primer"].Files {
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && (d.Recv == nil || isExported(d.Recv.List[0].Type)) {
					documented(path, d.Name.Name, "function", d.Doc)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						if !s.Name.IsExported() {
							continue
						}
						documented(path, s.Name.Name, "type", d.Doc)
						if fields, is := s.Type.(*ast.StructType); is {
							for _, field := range fields.Fields.List {
								for _, name := range field.Names {
									if name.IsExported() {
										documented(path, s.Name.Name+"."+name.Name, "field", field.Doc)
									}
								}
							}
						}
					case *ast.ValueSpec:
						for _, name := range s.Names {
							switch {
							case !name.IsExported() || strings.HasPrefix(name.Name, "VersionM") || name.Name == "VersionPatch":
							case d.Tok == token.CONST:
								documented(path, name.Name, "constant", s.Doc)
							default:
								documented(path, name.Name, "variable", d.Doc)
							}
						}
					}
				}
			}
		}
	}
	if items < 200 {
		t.Error("only", items, "items were found")
	}
}

func isExported(receiver ast.Expr) bool {
	if pointer, is := receiver.(*ast.StarExpr); is {
		receiver = pointer.X
	}
	name, is := receiver.(*ast.Ident)
	return is && name.IsExported()
}
