import RoostConsensus
import RoostCore

extension ReplicaRequest {
    /// A question of an owner that wants to drop what all devices of some accounts have stored: are the accounts still those by which it
    /// goes? Asked for all that has come up in a slot at once.
    public struct Vouch: Equatable, Sendable {
        /// The asker's operation.
        public var token: GatewayToken
        /// The accounts.
        public var accounts: [Account]

        /// An account as the asker has it.
        public struct Account: Equatable, Sendable {
            /// Whose.
            public var user: Address
            /// Under which ballot the asker has accepted it, and nothing higher is promised.
            public var ballot: Ballot

            /// Makes an entry.
            public init(user: Address, ballot: Ballot) {
                self.user = user
                self.ballot = ballot
            }
        }

        /// Makes a question.
        public init(token: GatewayToken, accounts: [Account]) {
            self.token = token
            self.accounts = accounts
        }
    }
}

extension GatewayReply {
    /// An account that an owner has in another state than it was asked about.
    public struct Doubt: Equatable, Sendable {
        /// Whose.
        public var user: Address
        /// The state, if it is the later one.
        public var newer: RegisterState?

        /// Makes an entry.
        public init(user: Address, newer: RegisterState?) {
            self.user = user
            self.newer = newer
        }
    }
}
