import ArgumentParser
import Foundation
import Glibc
import RoostClient

/// What every command that changes the ring takes.
struct ChangeOptions: ParsableArguments {
    @Flag(help: "Do not ask before it is done.")
    var yes = false
    @Flag(help: "Do not wait for the copies to move: roost rebalance shows how far they are.")
    var detach = false
    @Flag(help: "One JSON object a line: the plan, then progress, then the end.")
    var json = false

    /// Asks whether to go on. Without a terminal there is nobody to ask.
    func confirm() throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw Refused(
                "Nothing was changed: this asks before it changes anything, and the input is no terminal. With --yes it goes on without asking."
            )
        }
        FileHandle.standardError.write(Data("Go on? [y/N] ".utf8))
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            throw Refused("Nothing was changed.")
        }
    }
}

/// What a command tells the operator when it does not go on.
struct Refused: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
