import Testing
import Primer
@Test func works() { #expect(Library.version == "0.1.0") }
