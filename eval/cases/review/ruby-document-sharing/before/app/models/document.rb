# frozen_string_literal: true

class Document < ApplicationRecord
  belongs_to :owner, class_name: 'User'

  validates :title, presence: true, length: { maximum: 200 }
end
