import Foundation

/// Lines for people and for files that are looked at while they grow.
enum Output {
    /// Prints a line; whoever reads has it at once, in a file too.
    static func line(_ text: String) {
        print(text)
        fflush(nil)
    }
}
