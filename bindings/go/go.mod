module primer

go 1.22
