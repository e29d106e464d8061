import ArgumentParser
import RoostOperator

/// `roost add`
struct AddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Take a waiting node into the cluster.",
        discussion: """
            Start the node first, with nodes of the cluster as its seeds; it waits, and `roost status` shows it. This \
            prints what would move, asks, and then shows how the node gets its share: as much as every other, so that \
            each copy that moves moves to it. The cluster serves meanwhile, and nothing that was sent is lost if nodes \
            die on the way.

            Ctrl-C ends this command and not the move. `roost rebalance` shows it from any node, `roost rebalance pause` \
            holds it, `roost rebalance abort` sends the newcomer away again. Several can be added at once.
            """)

    @Argument(help: "The node's name, as given with roost node --name.")
    var name: String
    @OptionGroup var node: NodeOption
    @OptionGroup var options: ChangeOptions

    func run() async throws {
        try await RingChanger(node: node, options: options).run(.add(name))
    }
}

/// `roost remove`
struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Let a node give its share away and leave.",
        discussion: """
            The node serves until its last copy is elsewhere, then its process says good-bye to its clients and ends with \
            0. Until then `roost rebalance abort` takes it back, and `roost add NAME` does too. Afterwards its data directory is of no \
            more use: a node that was removed and is started again refuses. For a node that is dead: roost forget.
            """)

    @Argument(help: "The node's name.")
    var name: String
    @OptionGroup var node: NodeOption
    @OptionGroup var options: ChangeOptions

    func run() async throws {
        try await RingChanger(node: node, options: options).run(.remove(name))
    }
}

/// `roost replace`
struct ReplaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace", abstract: "Let a waiting node take the place of another.",
        discussion: """
            One move instead of two: what OLD has goes to NEW and no other copy moves. OLD may be alive, and then ends by \
            itself, or dead, and then NEW gets its copies from the other owners. Start NEW first, with an empty data \
            directory; it waits.
            """)

    @Argument(help: "The member that goes.")
    var old: String
    @Argument(help: "The waiting node that comes.")
    var new: String
    @OptionGroup var node: NodeOption
    @OptionGroup var options: ChangeOptions

    func run() async throws {
        guard old != new else { throw ValidationError("a node cannot take its own place") }
        try await RingChanger(node: node, options: options).run(.replace(old, with: new))
    }
}

/// `roost forget`
struct ForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Go on without a node that is dead for good.",
        discussion: """
            The other owners make its copies anew on the nodes that are left; nothing is lost while each slot has a majority of \
            its owners. A node that comes back some day needs no forgetting: it is only behind, and catches up by itself.

            --accept-loss is for slots that lost the disks of two of their three owners. They stand still, for nobody can tell \
            what the lost disks held. With it they go on with the copies that are left, and what was only on the lost \
            disks is lost: messages that were answered `sent`, accounts. The plan says how many slots it is about.

            Name all whose disks are gone. When a majority of the voters is among them, the voters that are left decide alone, or \
            with none left one member does. Make sure that the lost are stopped: if one still runs where the others cannot see \
            it, all that it acknowledges is lost too.
            """)

    @Argument(help: "The node's name; with --accept-loss all those whose disks are gone.")
    var names: [String]
    @Flag(help: "Give up what was only on the disks of the nodes named.")
    var acceptLoss = false
    @OptionGroup var node: NodeOption
    @OptionGroup var options: ChangeOptions

    func run() async throws {
        guard acceptLoss || names.count == 1 else {
            throw ValidationError("one node at a time: each is forgotten when its copies stand again elsewhere")
        }
        try await RingChanger(node: node, options: options).run(acceptLoss ? .acceptLoss(names) : .forget(names[0]))
    }
}
