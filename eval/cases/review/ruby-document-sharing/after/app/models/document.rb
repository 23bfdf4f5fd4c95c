# frozen_string_literal: true

class Document < ApplicationRecord
  belongs_to :owner, class_name: 'User'
  has_many :shares, dependent: :destroy
  has_many :readers, through: :shares, source: :user

  validates :title, presence: true, length: { maximum: 200 }

  scope :readable_by, lambda { |user|
    left_joins(:shares).where(owner: user).or(left_joins(:shares).where(shares: { user: user })).distinct
  }
end
