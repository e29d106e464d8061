import ArgumentParser
import RoostCore
import RoostServer

/// `roost group`
struct GroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group", abstract: "Look at groups.", subcommands: [Show.self])

    /// `roost group show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show who is in a group and how far its order is, never what is said.",
            discussion: """
                A version that is not in force waits to be put in order with the messages: its owners do that in a moment, \
                or when a majority of them is there again.
                """)

        @Argument(help: "The group, such as ~5f0c2a91d3e4b687.")
        var group: String
        @OptionGroup var node: NodeOption
        @Flag(help: "Answer in JSON.")
        var json = false

        func validate() throws {
            guard Address(group)?.kind == .group else {
                throw ValidationError("'\(group)' is not ~ and 16 hexadecimal digits in small letters")
            }
        }

        func run() async throws {
            let group = try await node.get("/admin/v1/group?group=\(group)", as: GroupAnswer.self)
            if json { return try printJSON(group) }
            print("\(group.group)  \(group.name)\(group.dissolved ? "  dissolved" : "")")
            let inForce = group.versionInForce == group.version ? "" : ", in force is \(group.versionInForce)"
            print("  version   \(group.version)\(inForce)")
            print("  order     \(group.underWay) under way")
            print("  link      \(group.hasLink ? "yes" : "no")")
            print("  kept      on \(group.owners.joined(separator: ", "))")
            print("  members   \(group.members.count)")
            for member in group.members { print("    \(member.user)\(member.admin ? "  admin" : "")") }
        }
    }
}
