import RoostCore

/// What a person can type besides messages.
enum ChatCommands {
    /// A line that begins with a slash.
    enum Command: Equatable {
        case quit, help, status, groups, members, leave, link, contacts, who, erase
        case typing(isRecording: Bool)
        case talk(to: String)
        case group(String, people: [String])
        case add([String])
        case remove(String)
        case join(Address, secret: String)
        case disappear(UInt32)
        case contact(String)
        case block(String)
    }

    /// Why a line is no command.
    struct Misunderstood: Error, Equatable {
        let text: String
    }

    static let help = [
        "/to NAME            talk to a person or a group", "/groups             the groups you are in",
        "/group NAME PEOPLE  make a group of these people", "/members            who is in the group",
        "/add PEOPLE         take people into the group; /remove NAME puts one out",
        "/leave              leave the group",
        "/who                who in the group has your last message, and who has read it",
        "/link               make a link into the group; /join GROUP SECRET comes in by one",
        "/contacts           whom you know; /contact NAME adds one, /block NAME shuts one out",
        "/disappear 1h       from now on messages here last an hour (30s, 10m, 8h, 7d); /disappear off",
        "/erase              erase what there is of this conversation, here, at the nodes and there",
        "/typing             show that you are writing, as keys do; /recording that you record",
        "/status             who and where you are", "/quit               leave; what is unsent is kept",
    ]

    /// Reads a line that begins with a slash.
    static func command(in line: String) throws(Misunderstood) -> Command {
        let words = line.split(separator: " ").map(String.init)
        guard let first = words.first else { throw Misunderstood(text: "/help shows the commands") }
        let rest = Array(words.dropFirst())
        func one(_ example: String) throws(Misunderstood) -> String {
            guard rest.count == 1 else { throw Misunderstood(text: "like this: \(example)") }
            return rest[0]
        }
        switch first {
        case "/quit", "/q": return .quit
        case "/help": return .help
        case "/status": return .status
        case "/groups": return .groups
        case "/members": return .members
        case "/leave": return .leave
        case "/link": return .link
        case "/who": return .who
        case "/contacts": return .contacts
        case "/erase": return .erase
        case "/typing": return .typing(isRecording: false)
        case "/recording": return .typing(isRecording: true)
        case "/to": return .talk(to: try one("/to bob"))
        case "/remove": return .remove(try one("/remove bob"))
        case "/contact": return .contact(try one("/contact bob"))
        case "/block": return .block(try one("/block mallory"))
        case "/disappear":
            guard let seconds = Lifetime.seconds(try one("/disappear 1h")) else {
                throw Misunderstood(text: "like this: /disappear 30s, 10m, 8h, 7d or off; a year at most")
            }
            return .disappear(seconds)
        case "/group":
            guard let name = rest.first else { throw Misunderstood(text: "like this: /group hens bob carol") }
            return .group(name, people: Array(rest.dropFirst()))
        case "/add":
            guard !rest.isEmpty else { throw Misunderstood(text: "like this: /add bob carol") }
            return .add(rest)
        case "/join":
            guard rest.count == 2, let group = Address(rest[0]), group.kind == .group else {
                throw Misunderstood(text: "like this: /join ~5f0c2a91d3e4b687 SECRET")
            }
            return .join(group, secret: rest[1])
        default: throw Misunderstood(text: "no command \(first): /help shows those there are")
        }
    }
}
